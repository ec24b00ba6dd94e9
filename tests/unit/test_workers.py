import threading

from hub_agent.workers import MOST_IDLE, run_in_worker


def ran(name: str) -> threading.Thread:
    """The thread that ran a job, after it has ended."""
    done, threads = threading.Event(), list[threading.Thread]()

    def job() -> None:
        threads.append(threading.current_thread())
        assert threads[0].name == name
        done.set()

    run_in_worker(name, job)
    assert done.wait(10)
    return threads[0]


def test_a_worker_that_hangs_holds_up_nobody() -> None:
    release = threading.Event()
    for _ in range(3 * MOST_IDLE):
        run_in_worker("stuck", release.wait)  # type: ignore[arg-type]  # its answer is not needed
    try:
        assert ran("free").daemon
    finally:
        release.set()


def test_threads_are_used_again_and_do_not_pile_up() -> None:
    used = {ran(f"job {number}").ident for number in range(200)}
    assert len(used) <= MOST_IDLE + 2
    assert threading.active_count() <= 5 * MOST_IDLE
