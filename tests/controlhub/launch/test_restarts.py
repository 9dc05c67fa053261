"""When services are restarted and when the launcher gives up, in simulated time."""

import itertools
import signal

import pytest

from controlhub.launch import restarts
from controlhub.launch.errors import ServiceError
from controlhub.launch.restarts import (
    DELAYS_SECONDS,
    MAX_ESSENTIAL_DELAY_SECONDS,
    MAX_FIRST_STARTS,
    MAX_OUTAGE_SECONDS,
    STABLE_SECONDS,
    Restarts,
)
from controlhub.launch.supervisor import Supervisor

HOUR = 3600


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def pass_time(self, seconds):
        self.now += seconds


def fail_until_given_up(policy, clock, *, run_seconds=0.0, limit=1000):
    """The delays after each run of `run_seconds`, at most `limit`. The last one is None if the policy gave up."""
    delays = []
    while len(delays) < limit:
        policy.record_start()
        clock.pass_time(run_seconds)
        delays.append(policy.record_end())
        if delays[-1] is None:
            break
        clock.pass_time(delays[-1])
    return delays


def run_stable(policy, clock):
    policy.record_start()
    clock.pass_time(STABLE_SECONDS)
    return policy.record_end()


@pytest.mark.parametrize("essential", [False, True])
@pytest.mark.parametrize("run_seconds", [0, 1, STABLE_SECONDS - 1])
def test_service_that_cannot_start_is_given_up_after_five_starts(essential, run_seconds):
    clock = Clock()
    delays = fail_until_given_up(Restarts(essential=essential, clock=clock), clock, run_seconds=run_seconds)
    longest = MAX_ESSENTIAL_DELAY_SECONDS if essential else max(DELAYS_SECONDS)
    assert delays == [*(min(delay, longest) for delay in DELAYS_SECONDS[: MAX_FIRST_STARTS - 1]), None]


@pytest.mark.parametrize("essential", [False, True])
def test_service_that_runs_stably_in_between_is_never_given_up(essential):
    clock = Clock()
    delays = fail_until_given_up(
        Restarts(essential=essential, clock=clock), clock, run_seconds=STABLE_SECONDS, limit=100
    )
    assert delays == [0] * 100


def test_delays_grow_to_a_maximum():
    clock = Clock()
    policy = Restarts(essential=False, clock=clock)
    assert run_stable(policy, clock) == 0
    delays = fail_until_given_up(policy, clock, limit=20)
    assert delays[: len(DELAYS_SECONDS) - 1] == list(DELAYS_SECONDS[1:])
    assert set(delays[len(DELAYS_SECONDS) - 1 :]) == {DELAYS_SECONDS[-1]}


def test_nonessential_service_is_restarted_forever_once_it_was_stable():
    clock = Clock()
    policy = Restarts(essential=False, clock=clock)
    run_stable(policy, clock)
    assert None not in fail_until_given_up(policy, clock, limit=1000)
    assert clock.now > 4 * HOUR


def test_essential_service_is_given_up_only_after_a_long_outage():
    clock = Clock()
    policy = Restarts(essential=True, clock=clock)
    run_stable(policy, clock)
    began = clock.now
    assert fail_until_given_up(policy, clock)[-1] is None
    assert MAX_OUTAGE_SECONDS <= clock.now - began <= MAX_OUTAGE_SECONDS + max(DELAYS_SECONDS)


def test_new_outage_is_counted_separately():
    clock = Clock()
    policy = Restarts(essential=True, clock=clock)
    run_stable(policy, clock)
    for _ in range(5):
        began = clock.now
        while clock.now - began < MAX_OUTAGE_SECONDS - max(DELAYS_SECONDS):
            policy.record_start()
            clock.pass_time(policy.record_end())
        assert run_stable(policy, clock) == 0


def test_delay_of_an_essential_service_is_limited():
    clock = Clock()
    policy = Restarts(essential=True, clock=clock)
    run_stable(policy, clock)
    delays = fail_until_given_up(policy, clock)
    assert max(delays[:-1]) == MAX_ESSENTIAL_DELAY_SECONDS


def test_service_that_was_running_is_not_given_up_after_its_first_failures():
    """For example, PostgreSQL on a disk that fills up in the first seconds: it did start."""
    clock = Clock()
    began = clock.now
    delays = fail_until_given_up(Restarts(essential=True, was_stable=True, clock=clock), clock)
    assert delays[-1] is None
    assert clock.now - began >= MAX_OUTAGE_SECONDS


class FakeService:
    """A service whose runs last as long as the values in `lives`, in seconds. The last one repeats."""

    was_started = False

    def __init__(self, name, clock, *lives):
        self.name, self._clock = name, clock
        self._lives = itertools.chain(lives, itertools.repeat(lives[-1]))
        self.starts, self._ends_at, self.events = 0, 0.0, []

    def start(self):
        life = next(self._lives)
        if life is None:
            raise FileNotFoundError(2, "No such file or directory", self.name)
        self.starts += 1
        self._ends_at = self._clock() + life

    def end_reason(self):
        return "exit code 3" if self._clock() >= self._ends_at else None

    def request_stop(self):
        self.events.append("stop")

    def kill(self):
        self.events.append("kill")

    def is_ready(self):
        return True

    def successor(self):
        return None


@pytest.fixture
def _handlers():
    """Restore pytest's signal handlers after the test."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def supervise(clock, *services, seconds):
    """Run the supervisor until SIGTERM arrives after this simulated time."""
    ends_at = clock.now + seconds

    def tick():
        if clock.now >= ends_at:
            signal.raise_signal(signal.SIGTERM)

    Supervisor(services, essential={"web"}, on_tick=tick, clock=clock, sleep=clock.pass_time).run()


@pytest.mark.usefixtures("_handlers")
def test_failing_worker_leaves_the_web_server_alone(capsys):
    clock = Clock()
    web = FakeService("web", clock, 10 * HOUR)
    worker = FakeService("worker", clock, STABLE_SECONDS + 1, 0)
    supervise(clock, web, worker, seconds=HOUR)
    assert web.starts == 1
    assert web.events == ["stop"]
    assert HOUR / 16 < worker.starts < HOUR / 15
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == pytest.approx(worker.starts, abs=1), "one line for each restart"
    assert all("worker ended (exit code 3). Restarting" in line for line in lines)


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize("life", [0, None])
@pytest.mark.parametrize("name", ["web", "worker"])
def test_service_that_cannot_start_stops_everything(name, life):
    clock = Clock()
    other = FakeService("beat", clock, 10 * HOUR)
    with pytest.raises(ServiceError, match=f"^{name} keeps failing "):
        supervise(clock, other, FakeService(name, clock, life), seconds=HOUR)
    assert other.events == ["stop"]
    assert clock.now < 1000 + sum(DELAYS_SECONDS)


@pytest.mark.usefixtures("_handlers")
def test_restart_line_has_a_date_and_a_delay(capsys):
    clock = Clock()
    supervise(clock, FakeService("web", clock, STABLE_SECONDS, 1, 10 * HOUR), seconds=HOUR)
    first, second = capsys.readouterr().out.splitlines()
    date, time, name, _, text = first.split(maxsplit=4)
    assert (len(date), time[-1], name) == (10, "Z", "launcher")
    assert text == "web ended (exit code 3). Restarting now."
    assert second.endswith(f"web ended (exit code 3). Restarting in {restarts.DELAYS_SECONDS[1]} s.")
