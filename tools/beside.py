"""Run one command in front and another one quietly beside it: `python -m tools.beside "make linters" -- pytest -x`.

What the quiet one said is shown afterwards when it failed. The last line says what failed; the exit code is 1 when
either did. When this process ends, both commands are told to.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from typing import IO

from tools.embedded import end_on_signals


def main() -> int:
    """Run both; return 0 when both succeeded."""
    parser = argparse.ArgumentParser(prog="python -m tools.beside", description=__doc__.partition("\n")[0])
    parser.add_argument("quiet", help="a command, in one argument")
    parser.add_argument("front", nargs="+", help="the other command, after --")
    options = parser.parse_args()
    end_on_signals()
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        processes: list[subprocess.Popen[bytes]] = []
        try:
            processes.append(_start(shlex.split(options.quiet), said))
            processes.append(_start(options.front))
            quiet, front = processes
            codes = [front.wait(), quiet.wait()]
        except SystemExit as end:
            for process in processes:
                if end.code != 128 + signal.SIGINT:  # Ctrl-C: the terminal has told them itself
                    process.terminate()
            for process in processes:
                process.wait()
            raise
        if codes[1]:
            said.seek(0)
            print(f"\n{options.quiet} failed:\n{said.read()}")
    names = [shlex.join(options.front), options.quiet]
    failed = [name for name, code in zip(names, codes, strict=True) if code]
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"{'Failed' if failed else 'Passed'} in {minutes} min {seconds} s: {'; '.join(failed or names)}")
    return 1 if failed else 0


def _start(command: list[str], said: IO[str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["setpriv", "--pdeathsig=TERM", *command], stdout=said, stderr=said and subprocess.STDOUT)


if __name__ == "__main__":
    sys.exit(main())
