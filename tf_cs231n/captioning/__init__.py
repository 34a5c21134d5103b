"""Image captioning with an RNN or LSTM, in NumPy and as a TensorFlow graph.

The NumPy side, where the code is the derivation: `rnn_layers`, `rnn`, `optim`, `solver`, `coco`,
`gradient_flow`. Nothing is imported here, so that it starts without TensorFlow.
"""
