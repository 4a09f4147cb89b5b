/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GUEST_VECTORS_H
#define GUEST_VECTORS_H

/* Beyond the 256 of the trap table: the callbacks, numbered on. */
#define V_EVENT		256
#define V_FAILSAFE	257
#define V_SYSCALL	258
#define V_SYSCALL32	259
#define V_SYSENTER	260
#define V_NMI		261
#define NR_VECTORS	262

#define V_DE	0
#define V_DB	1
#define V_BP	3
#define V_OF	4
#define V_BR	5
#define V_UD	6
#define V_NM	7
#define V_DF	8
#define V_NP	11
#define V_SS	12
#define V_GP	13
#define V_PF	14
#define V_MF	16
#define V_AC	17
#define V_XM	19

#endif
