# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "data='FILE'" plot.gp: instructions relative to the bare machine.
set terminal svg size 900,420 font "sans,11" noenhanced background rgb "white"
set title "Instructions of an operation, relative to the bare machine"
set style data histogram
set style fill solid 0.8
set boxwidth 0.9
set xtics rotate by -40 scale 0
set yrange [0:*]
set grid ytics
set key top left
plot data using 2:xtic(1) title "Xen 4.17" linecolor rgb "#b04040", \
	"" using 3 title "kvm-xenpv" linecolor rgb "#4070b0"
