"""Optimize an image: objectives, optimizers, sizes from coarse to fine, masks, colors."""
