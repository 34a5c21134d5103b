"""CS231n assignment 3 in TensorFlow graph mode. This is the map.

What a network sees
    saliency        saliency maps, fooling images, class visualization: the image gradient
    attribution     guided backpropagation, Grad-CAM, SmoothGrad, integrated gradients, occlusion
    adversarial     the smallest changes that fool a network: FGSM and PGD
    faithfulness    whether a map tells the truth: deletion, insertion, shuffled weights
    graph_model     your own network, wrapped so that all of these explain it
    graph_files     your own network from its file: frozen graph, SavedModel, checkpoint
    squeezenet      the ImageNet network of the course, its weights and class names

Images from losses
    style_transfer  content, Gram, style and total-variation losses; transfer, inversion, texture
    pixels          how pixels are optimized: optimizers, pyramid, strips, masks, colors

Captions
    captioning      rnn_layers, rnn, solver in NumPy; graph, sampling, train in TensorFlow;
                    coco, prepare, shapes for data; metrics, evaluate, explain to judge

Digits
    gan             losses, networks, one training step, sampling
    gan_training    a GAN trained, sampled and judged

Theory
    norms           vector, induced, entrywise and Schatten norms
    information     entropy, cross-entropy, KL and Jensen-Shannon divergence
    likelihood      maximum likelihood in closed form and by gradient descent

Ground
    layers          convolutions, dense layers, normalization, with variables that can be shared
    images          loading, resizing, preprocessing, saving, blurring
    datasets        MNIST, ImageNet samples, photographs that come with the packages, paintings
    gradient_check  numeric gradients to check others by
    training        the training loop, checkpoints, minibatches
    jobs            chunks of work over processes and clusters
    ops             TensorFlow's operations with better gradients
    checks named errors files interruption compat   what every module leans on
    terminal        progress, standard input and output

Around it
    assignment      exercises: skeletons, checks that name the mistake, hints, grading
    commands cli    the command line, `tf-cs231n`
    studio          the toolkit as a page in the browser, `tf-cs231n studio`
    plots demo      figures, and the page of `make demo`

`sessions.py`, next to this package, opens sessions that share a GPU.
"""

__version__ = "0.1.0"

from tf_cs231n.ops import cores

cores.prepare_numpy()  # before NumPy is imported
