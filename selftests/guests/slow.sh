#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The test guests once more, with all of the monitor's fast paths off.
cd "$(dirname "$0")" || exit 1
XENPV_FAST_PATHS=0 exec ./run-guests.sh "$@"
