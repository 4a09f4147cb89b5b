#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots the guest; the checks of its proof are the tests here.
cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib/tap.sh
. ./tap.sh
# shellcheck source=selftests/linux-guest/prove.sh
. ./prove.sh

echo 'TAP version 13'
prove '' 800
echo "1..$nr"
finish
