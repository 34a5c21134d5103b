"""Peak memory of style transfer: python benchmarks/style_memory.py SIZE [EVALUATIONS]"""

import resource
import sys
import time

from tf_cs231n.style_transfer import style_transfer

size, evaluations = int(sys.argv[1]), int((sys.argv[2:] or ["2"])[0])
start = time.time()
result = style_transfer(
    "sample:palace", "sample:tissue", size, max_evaluations=evaluations, reference_size=192
)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
H, W = result.image.shape[:2]
print(f"{W}x{H}: {peak:.2f} GB, {evaluations} evaluations, {time.time() - start:.0f} s")
