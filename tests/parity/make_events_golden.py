"""Makes tests/data/formats/tensorboard.events: scalars as the `tensorboard` package itself writes them.

Run with tensorboard 2.21.0 and protobuf 7.36.2: python tests/parity/make_events_golden.py [--check]
--check compares with what is there instead of writing it.
"""
import io
import pathlib
import sys

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

path = pathlib.Path(__file__).parent.parent / "data/formats/tensorboard.events"
EVENTS = [(1.5, 0, [("train/loss", 5.25), ("train/learning_rate", 0.0)]),
          (1700000000.125, 123456789012, [("valid/perplexity", -1e9)]),
          (1700000001.5, 300, [("größe", 0.1)])]

out = io.BytesIO()
writer = RecordWriter(out)
for wall_time, step, scalars in EVENTS:
    values = [summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in scalars]
    event = event_pb2.Event(wall_time=wall_time, step=step, summary=summary_pb2.Summary(value=values))
    writer.write(event.SerializeToString(deterministic=True))
if "--check" in sys.argv[1:]:
    if path.read_bytes() != out.getvalue():
        sys.exit(f"{path}: differs from what tensorboard writes")
    print(f"{path.name}: the same")
else:
    path.write_bytes(out.getvalue())
