"""Makes .setup/pandas, an environment with pandas for the tests of tables.

    python3 scripts/setup-pandas.py      (make pandas)
"""

import sys

import own_venv
from minilm import SetupError

try:
    own_venv.make(own_venv.ROOT / ".setup" / "pandas", ["pandas>=2.2,<4"])
except SetupError as error:
    sys.exit(f"setup-pandas.py: {error}")
