#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # called by check
# show_test.sh: `vioapic show` (build/unit/show_test, which selftests/run.sh finds): its JSON against its schema, by a
# validator that is not ours, its pictures by a renderer that is not, and its table.
set -u

top=@top@
"$top/tools/vm/need.sh" python3-jsonschema librsvg2-bin libxml2-utils >&2 || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fixture() { "$top/build/unit/fixture/show_fixture" "$@" fixture; }

# shellcheck source=selftests/tap.sh
. "$top/selftests/tap.sh"

valid() {
	/usr/bin/python3 - "$top/tools/vioapic/show.schema.json" "$1" <<-EOF
		import json, sys
		import jsonschema
		schema, instance = (json.load(open(path)) for path in sys.argv[1:])
		jsonschema.Draft7Validator.check_schema(schema)
		jsonschema.validate(instance, schema)
	EOF
}
# Is the schema one that tells? Each of these changes has to be found
tells() {
	local change
	for change in 's/"pin": 3,/"pin": 240,/' 's/"masked": 1/"masked": 2/' 's/"rte": "0x/"rte": "/' 's/"irq":/"irk":/' \
		's/"state": "taken"/"state": "lost"/'; do
		sed "$change" "$1" >"$work/changed"
		cmp -s "$1" "$work/changed" && { echo "nothing to change by $change"; return 1; }
		! valid "$work/changed" 2>/dev/null || { echo "valid after $change"; return 1; }
	done
}
rendered() {
	xmllint --noout "$1" && rsvg-convert -o "$work/png" "$1" && [ "$(head -c 4 "$work/png" | tail -c 3)" = PNG ]
}
# No two texts at the same place, none beside the picture
apart() {
	/usr/bin/python3 - "$1" <<-EOF
		import sys, xml.etree.ElementTree as tree
		root = tree.parse(sys.argv[1]).getroot()
		width, height = float(root.get("width")), float(root.get("height"))
		places = set()
		for text in root.iter("{http://www.w3.org/2000/svg}text"):
		    place = (float(text.get("x")), float(text.get("y")))
		    assert 0 < place[0] < width and 0 < place[1] < height, (place, width, height)
		    assert place not in places, (place, text.text)
		    places.add(place)
	EOF
}

for kind in own sim guest; do
	for pins in 24 240; do
		fixture $kind $pins --json >"$work/json"
		check "$kind, $pins pins: valid JSON" valid "$work/json"
		fixture $kind $pins --svg >"$work/svg"
		check "a picture, rendered" rendered "$work/svg"
		check "its texts stand apart" apart "$work/svg"
		check "a table of $pins lines" test "$(fixture $kind $pins | sed 1,2d | wc -l)" -eq $pins
	done
done
fixture own 24 --json --interval 0.1 >"$work/json"
check "with a rate: valid, too" valid "$work/json"
check "the schema tells what is not" tells "$work/json"
check "no colour where nobody looks" test "$(fixture own 24 | grep -c $'\033')" -eq 0
colours() { script -qec "$1 $top/build/unit/fixture/show_fixture own 24 --interval 0 fixture" /dev/null </dev/null | grep -c $'\033'; }
check "colour on a terminal" test "$(colours env)" -gt 5
check "unless somebody minds" test "$(colours 'env NO_COLOR=1')" -eq 0
done_testing
