"""Run the tests in phases, with progress: `python -m tests.run [check | races]`; all phases by default.

The phases of a step run at the same time. The soak and the documents run beside all later steps too, at the lowest priority:
they compute while other phases wait.

A failed phase prints the end of its output; the whole output is in `.local/test`. The last line adds up all phases.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from infra.local import running_cloud

ROOT = Path(__file__).parents[1]
LOGS = ROOT / ".local" / "test"
BIN = Path(sys.executable).parent
MAX_TIMES_BUDGET = 8  # a phase that takes longer hangs; no slow machine takes that long
NO_NETWORK = ("--disable-socket", "--allow-unix-socket")
# Every phase and worker imports the same modules. Compiling them takes most of that time, so all phases write bytecode and read
# it, also where the environment forbids to write it.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}


@dataclass(frozen=True)
class Phase:
    """One command of the run.

    seconds: its time budget; a longer run prints a warning.
    tests: the arguments of pytest; empty for another tool.
    live: its output is shown while it runs.
    aside: it runs at the lowest priority beside the steps that follow.
    """

    name: str
    seconds: int
    command: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    cloud: bool = False
    live: bool = False
    aside: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def command_line(self) -> list[str]:
        priority = ("nice", "-n", "19") if self.aside else ()
        if self.command:
            return [*priority, str(BIN / self.command[0]), *self.command[1:]]
        report = f"--junitxml={LOGS / self.name}.xml"
        return [*priority, sys.executable, "-m", "pytest", report, "-p", "no:cacheprovider", *self.tests]


def spread(*tests: str) -> tuple[str, ...]:
    """Return pytest arguments that spread the tests over both cores."""
    return ("-n", "2", "--dist", "worksteal", *tests)


FORMAT = Phase("format", 15, ("ruff", "format", "--check", "."))
LINT = Phase("lint", 15, ("ruff", "check", "."))
TYPES = Phase("types", 60, ("mypy",))
IMPORTS = Phase("imports", 15, ("lint-imports",))
MEMORY = Phase("memory", 90, tests=spread(*NO_NETWORK, "tests/unit", "tests/usecases", "tests/contracts", "tests/cost"))
INFRA = Phase("infra", 40, tests=spread("tests/infra"))
KILL = Phase("kill", 120, tests=spread(*NO_NETWORK, "tests/kill/test_kill.py"))
APP = Phase("app", 150, tests=spread(*NO_NETWORK, "tests/app", "--ignore=tests/app/test_fuzz.py"))
PROVIDER = Phase("provider", 40, tests=spread("tests/provider"))
CLIENT = Phase("client", 90, tests=("tests/client",))
FUZZ = Phase("fuzz", 60, tests=spread(*NO_NETWORK, "tests/app/test_fuzz.py"))
SOAK = Phase(
    "soak",
    400,
    command=("python", "-m", "simulation.soak", "--courses", "2", "--seed", "1", "--processes", "1"),
    aside=True,
    environment={"PYTHONHASHSEED": "0"},
)
DOCUMENTS = Phase("documents", 250, tests=("tests/documents",), aside=True)
BROWSER = Phase("browser", 60, command=("python", "-m", "tests.browser.browser"))
PORT = Phase("port", 60, tests=("tests/port",), cloud=True)
KILL_CLOUD = Phase("kill-cloud", 90, tests=("tests/kill/test_cloud.py",), cloud=True)
E2E = Phase("e2e", 90, tests=("tests/e2e", "tests/browser"), cloud=True)
RACES = Phase("races", 90, tests=("-n", "2", "--dist", "loadscope", "tests/races"), cloud=True)
MACHINES = tuple(sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "usecases").glob("*/test_*_machine.py")))
MANY_ROUNDS = Phase(
    "races",
    1800,
    tests=(
        *("tests/races", "tests/kill", "tests/app/test_fuzz.py", "tests/client/test_chaos.py", "tests/unit/test_soak.py"),
        *("tests/usecases/commerce/test_flash_sale.py", *MACHINES),
    ),
    cloud=True,
    live=True,
    environment={
        "ALL_CASES": "1",
        "RACE_ROUNDS": "20",
        "KILL_FAULTS": "200000",
        "CHAOS_MESSAGES": "10000",
        "CHAOS_CUTS": "200",
        "MACHINE_STEPS": "10000",
        "FLASH_SALE": "1",
    },
)

# The types take one core, so the templates share their step. Documents and the browser wait for packages in a fresh clone, and
# do not hold up the crash tests; the end-to-end tests then have a browser.
# The end-to-end tests wait a minute until functions read a changed setting, so other phases of the cloud share their step.
# What uses both cores is a step of its own.
Plan = tuple[tuple[Phase, ...], ...]
TOOLS = (FORMAT, LINT, TYPES, IMPORTS)
PLANS: dict[str, Plan] = {
    "check": ((*TOOLS, INFRA), (MEMORY,)),
    "races": ((MANY_ROUNDS,),),
    "all": (
        (*TOOLS, INFRA, SOAK),
        (MEMORY,),
        (KILL, DOCUMENTS, BROWSER),
        (APP,),
        (FUZZ,),
        (PROVIDER, CLIENT, PORT, KILL_CLOUD, E2E),
        (RACES,),
    ),
}


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, phase: Phase, code: int) -> None:
        """Add the results of a phase. A tool counts as one test. A crash without results counts as a failure."""
        report = LOGS / f"{phase.name}.xml"
        if phase.command or not report.exists():
            self.passed += code == 0
            self.failed += code != 0
            return
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            self.passed += total - failed - skipped
            self.failed += failed
            self.skipped += skipped
        if code and not self.failed:
            self.failed += 1


def run(plan: Plan, console: Console) -> int:
    LOGS.mkdir(parents=True, exist_ok=True)
    total, started = Totals(), time.monotonic()
    environment: dict[str, str] = {}
    aside: list[tuple[Phase, Future[int]]] = []
    with ExitStack() as stack, ThreadPoolExecutor(sum(map(len, plan))) as pool:
        for step in plan:
            if not environment and any(phase.cloud for phase in step):
                environment = start_cloud(stack, console)
            with console.status(", ".join(f"{phase.name} (at most {phase.seconds} s)" for phase in step)):
                runs = [(phase, pool.submit(run_phase, phase, environment, console)) for phase in step]
                aside += [(phase, code) for phase, code in runs if phase.aside]
                for phase, code in runs:
                    if not phase.aside:
                        total.add(phase, code.result())
        with console.status(", ".join(phase.name for phase, _ in aside)):
            for phase, code in aside:
                total.add(phase, code.result())
    console.print(f"{time.monotonic() - started:.0f} s in total; logs in {LOGS.relative_to(ROOT)}")
    console.print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed else 0


def start_cloud(stack: ExitStack, console: Console) -> dict[str, str]:
    """Start one laptop cloud for all phases that need one, and return the environment that names it."""
    started = time.monotonic()
    with console.status("starting a laptop cloud"):
        cloud = stack.enter_context(running_cloud())
        cloud.save()
    console.print(f"[green]✔[/green] cloud    {time.monotonic() - started:5.1f} s  on port {cloud.port}")
    return {"COTERIE_ENDPOINT": cloud.endpoint, "COTERIE_HOME": str(cloud.home)}


def wait(process: subprocess.Popen[bytes], phase: Phase) -> int:
    """Wait for a phase and return its exit code. A phase that hangs prints the stacks of its threads (SIGABRT) and fails."""
    try:
        return process.wait(MAX_TIMES_BUDGET * phase.seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
    try:
        return process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def run_phase(phase: Phase, cloud: Mapping[str, str], console: Console) -> int:
    """Run a phase and return its exit code. cloud: the environment that names the laptop cloud, once it runs."""
    started, log = time.monotonic(), LOGS / f"{phase.name}.log"
    (LOGS / f"{phase.name}.xml").unlink(missing_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            phase.command_line(),
            cwd=ROOT,
            env={**os.environ, **BYTECODE, **(cloud if phase.cloud else {}), **phase.environment},
            stdout=None if phase.live else output,
            stderr=subprocess.STDOUT,
        )
        code = wait(process, phase)
    seconds = time.monotonic() - started
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    late = f"  [yellow]over its budget of {phase.seconds} s[/yellow]" if seconds > phase.seconds else ""
    mark = "[red]✘[/red]" if code else "[green]✔[/green]"
    console.print(f"{mark} {phase.name:8} {seconds:5.1f} s  {lines[-1].strip('= ') if lines else ''}{late}", highlight=False)
    if code:
        console.print("\n".join(lines[-60:]), markup=False, highlight=False)
    return code


if __name__ == "__main__":
    sys.exit(run(PLANS[sys.argv[1] if len(sys.argv) > 1 else "all"], Console(soft_wrap=True)))
