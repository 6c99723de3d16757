"""The tools of one partition, as a pipeline of processes. Runs in Spark's executors.

RDD.pipe knows the exit code of one command and leaves what it said in the
executor's log. Here each tool is a process of its own: any that fails fails
the partition, with what it wrote to standard error in the exception, which
Spark brings to the driver.
"""
import subprocess
import tempfile
import threading

# Opens the part of an exception's text that is for the user.
MARK = "a tool failed in partition"
# Bytes of what a tool said that are kept, from the end.
SAID = 4000


class ToolFailed(Exception):
    """A tool ended with another exit code than 0."""


def feed(lines, pipe, faults):
    """Writes the lines into the first tool, whatever becomes of it."""
    try:
        with pipe:
            for line in lines:
                pipe.write(line if isinstance(line, bytes) else line.encode())
                pipe.write(b"\n")
    except BrokenPipeError:
        pass  # A tool that ended early: its exit code tells why.
    except Exception as error:
        faults.append(error)


def through(number, lines, commands):
    """Yields the lines (bytes) that the last of `commands` makes of `lines`.

    `commands` are lists of words; nothing is started for a partition without a
    line. Raises ToolFailed for the first tool in the pipeline that failed.
    """
    lines = iter(lines)
    first = next(lines, None)
    if first is None:
        return

    def whole():
        yield first
        yield from lines

    said = [tempfile.TemporaryFile() for _ in commands]
    running = []
    for command, log in zip(commands, said):
        before = running[-1].stdout if running else subprocess.PIPE
        running.append(subprocess.Popen(command, stdin=before, stdout=subprocess.PIPE, stderr=log))
        if before is not subprocess.PIPE:
            before.close()  # The reader holds it: a reader's end must reach the writer.
    faults = []
    feeder = threading.Thread(target=feed, args=(whole(), running[0].stdin, faults), daemon=True)
    feeder.start()
    try:
        for line in running[-1].stdout:
            yield line.rstrip(b"\n")
        feeder.join()
        codes = [process.wait() for process in running]
        if faults:
            raise faults[0]
        check(number, commands, codes, said)
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
        for log in said:
            log.close()


def check(number, commands, codes, said):
    """Raises the fault of the first tool that failed by itself.

    A tool may fail because its reader or writer did (a broken pipe, an empty
    stream): one that a signal ended is named last.
    """
    failed = [i for i, code in enumerate(codes) if code != 0]
    if not failed:
        return
    worst = next((i for i in failed if codes[i] > 0), failed[0])
    said[worst].seek(0)
    text = said[worst].read().decode(errors="replace")[-SAID:].strip()
    tool = commands[worst][0].rsplit("/", 1)[-1]
    raise ToolFailed(f"{MARK} {number}: {tool} ended with {codes[worst]}\n{text}\n")
