#!/bin/sh
# Run nbgrader's own generate_assignment and autograde on the export: try_nbgrader.sh ENVIRONMENT
# The instructor's answers must get all points, the released skeleton none.
set -eu
bin=$(cd "$1/bin" && pwd)
PATH=$bin:$PATH
course=$(mktemp -d)
trap 'rm -rf "$course"' EXIT
tf-cs231n assignment export nbgrader "$course" --topics rnn
cd "$course"
printf 'c = get_config()\nc.CourseDirectory.course_id = "cs231n"\n' > nbgrader_config.py
nbgrader generate_assignment rnn --create
mkdir -p submitted/answers/rnn submitted/skeleton/rnn
cp source/rnn/rnn.ipynb submitted/answers/rnn/
cp release/rnn/rnn.ipynb submitted/skeleton/rnn/
nbgrader autograde rnn --create
nbgrader export
python - <<'CHECK'
import csv

rows = {row["student_id"]: row for row in csv.DictReader(open("grades.csv"))}
most = float(rows["answers"]["max_score"])
print({student: row["score"] for student, row in rows.items()}, "of", most)
assert most > 0
assert float(rows["answers"]["score"]) == most and float(rows["skeleton"]["score"]) == 0
print("nbgrader: 1 passed, 0 failed")
CHECK
