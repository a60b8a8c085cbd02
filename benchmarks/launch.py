"""Run a command and write what it cost, as JSON, on the last line of standard error.

A child's peak memory is never less than that of whoever started it, so this is a process of its
own that imports next to nothing: `python -I -S launch.py COMMAND…`.
"""

import json
import os
import sys
import time

start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
said = {
    "code": os.waitstatus_to_exitcode(status),
    "wall": time.perf_counter() - start,
    "cpu": usage.ru_utime + usage.ru_stime,
    "peak": usage.ru_maxrss / 1024,
}
sys.stderr.write("\n" + json.dumps(said) + "\n")
