/* SPDX-License-Identifier: GPL-2.0 */
/* The user's end of a domain's console. */
#ifndef XENPV_CONSOLE_CLIENT_H
#define XENPV_CONSOLE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_ESCAPE	0x1d	/* Ctrl-] */

/*
 * Connect standard input and output with domain DOMID's console until the user
 * types ESCAPE or the domain ends.  The end of input only ends the input.
 * An exit status; failures are said on stderr.
 */
int console_attach(uint32_t domid, unsigned int number, int escape);

/*
 * The same with FD, which is closed, for the console.  True when it was the
 * domain that ended it, not the user.
 */
bool console_copy(int fd, int escape);

#endif
