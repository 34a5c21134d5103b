"""Image captioning with an RNN or LSTM, in NumPy and as a TensorFlow graph.

The NumPy side, where the code is the derivation: `rnn_layers`, `rnn`, `optim`, `solver`, `coco`,
`gradient_flow`. Your own images: `prepare` reads `caption_files`, cuts captions into `words`, and
`splits` the images, where `near_copies` must not stand on both sides. `metrics` scores captions,
`evaluate` puts baselines beside them, and `saved` keeps a trained captioner in one file.
Nothing is imported here, so that the NumPy side starts without TensorFlow.
"""
