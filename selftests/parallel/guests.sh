#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The test guest that area guests has on one CPU.
cd "$(dirname "$0")" || exit 1
exec ./run-guests.sh smp smp-far
