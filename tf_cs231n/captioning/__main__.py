"""`python -m tf_cs231n.captioning ...` = `tf-cs231n caption ...`."""

from tf_cs231n.cli import main

main("caption")
