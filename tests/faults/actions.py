"""What several processes do at the same moment: run as a script by the fault tests.

Each waits for a line on its standard input, so that all begin together.
"""

from __future__ import annotations

import sys

import django


def deliver(job_id: str, token: str) -> None:
    """Run a job as a broker that repeats itself would: the claim is the same in every process."""
    from analyses.models import Job
    from analyses.services.jobs import Claim
    from analyses.services.workers import WorkLoop

    job = Job.objects.get(pk=job_id)
    claim = Claim(
        job_id=job.pk,
        kind=job.kind,
        arguments=job.arguments,
        token=token,
        attempts=1,
        batch_id=job.batch_id,
        import_id=job.source_import_id,
    )
    sys.stdin.readline()
    WorkLoop().process(claim)


def create(prefix: str, count: str) -> None:
    """Create single analyses of different texts, one transaction each."""
    from analyses.services import analyses

    sys.stdin.readline()
    for number in range(int(count)):
        analyses.create(text_content=f"{prefix} wrote text {number}", analysis_type="sentiment")


if __name__ == "__main__":
    django.setup()
    print("ready", flush=True)
    {"deliver": deliver, "create": create}[sys.argv[1]](*sys.argv[2:])
