# nbdkit's python plugin: a disk in memory that writes down every write and every flush, in order.
#   nbdkit -U SOCKET -P PIDFILE python recorder.py size=BYTES log=FILE
# A record: <B kind><Q offset><Q length><bytes>. Kind 1 is a write, 2 a flush (no bytes), 3 a write that is on the disk when it returns (FUA).
import io
import struct
import nbdkit

API_VERSION = 2
size = 128 * 1024 * 1024
disk = None
log = None


def config(key, value):
    global size, log
    if key == "size":
        size = nbdkit.parse_size(value)
    elif key == "log":
        # Without a buffer: the length of the file says how far the disk has come.
        log = io.open(value, "wb", buffering=0)
    else:
        raise RuntimeError("unknown parameter " + key)


def get_ready():
    global disk
    disk = bytearray(size)


def thread_model():
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


def open(readonly):
    return 1


def get_size(handle):
    return size


def can_flush(handle):
    return True


def can_fua(handle):
    return nbdkit.FUA_NATIVE


def can_trim(handle):
    return False


def can_multi_conn(handle):
    return False


def pread(handle, buffer, offset, flags):
    buffer[:] = disk[offset:offset + len(buffer)]


def pwrite(handle, buffer, offset, flags):
    disk[offset:offset + len(buffer)] = buffer
    kind = 3 if flags & nbdkit.FLAG_FUA else 1
    log.write(struct.pack("<BQQ", kind, offset, len(buffer)) + bytes(buffer))


def flush(handle, flags):
    log.write(struct.pack("<BQQ", 2, 0, 0))
