"""How everything here is trained: one loop, checkpoints that appear whole, minibatches by step."""
