"""Notebooks begin with autoreload: every module can be loaded a second time."""

import subprocess
import sys

CODE = """
import importlib, pkgutil, tf_cs231n
names = [module.name for module in pkgutil.walk_packages(tf_cs231n.__path__, "tf_cs231n.")]
modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
for module in modules:
    importlib.reload(module)
"""


def test_every_module_can_be_reloaded():
    subprocess.run([sys.executable, "-c", CODE], check=True)
