"""Hints for the losses of style transfer."""

HINTS = {
    "content_loss": (
        "Gatys et al. 2016, section 2.1, without the factor 1/2.",
        "w * sum (F - P)^2",
        "content_weight * tf.reduce_sum(<differences> ** 2).",
    ),
    "gram_matrix": (
        "Gatys et al. 2016, section 2.2: products of channels, summed over positions.",
        "G[i, j] = sum over positions p of F[p, i] F[p, j], divided by H W C",
        "reshape to (H * W, C); one matrix product with a transpose, (C, C); divide by a float.",
    ),
    "style_loss": (
        "Gatys et al. 2016, equations 4 and 5 as the course has them; your gram_matrix.",
        "sum over the layers l of w_l * sum (G_l - A_l)^2",
        "for layer, target, weight in zip(...): loss += weight * "
        "tf.reduce_sum((gram_matrix(feats[layer]) - target) ** 2).",
    ),
    "tv_loss": (
        "Compare the image with itself, shifted by one pixel down, and by one to the right.",
        "w * (sum (x[i+1, j] - x[i, j])^2 + sum (x[i, j+1] - x[i, j])^2)",
        "two slices of img that differ by one along axis 1, two along axis 2; squares, sums.",
    ),
}
