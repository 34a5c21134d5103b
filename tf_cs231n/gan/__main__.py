from tf_cs231n.cli import main

main("gan")
