"""Get from exports to an answer by nothing but what each command says comes next."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

MOST_COMMANDS = 7


def answered(run: Callable[[list[str]], Any], files: list[str], ask: str) -> tuple[Any, int]:
    """Return the object with the answer, and how many commands it took."""
    said = run(["mlcli", "start", *files, "--yes", "--ask", ask, "--json"])
    for count in range(1, MOST_COMMANDS):
        if "predictions" in said or "suggestions" in said:
            return said, count
        said = run(said["next"][0]["argv"])
    return said, MOST_COMMANDS


def _in_a_process(argv: list[str]) -> Any:
    return json.loads(subprocess.run(argv, capture_output=True, check=True, text=True).stdout)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answered(_in_a_process, sys.argv[2:], sys.argv[1])) + "\n")
