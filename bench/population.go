package main

import (
	"context"
	"fmt"
	"os"

	"sallyport/bench/drive"
)

// population compares what a sign-in costs among a thousand accounts and among a
// million: in turns, so that what else the machine does hits both.
func (r *runCommand) population(ctx context.Context, database string, inbox *drive.Inbox, few *place) (lines []result, err error) {
	fmt.Fprintf(os.Stderr, "filling %s with %d accounts\n", database, million)
	many, err := newPlace(ctx, database, r.Postgres, false, million)
	if err != nil {
		return nil, err
	}
	defer many.remove()
	places := []*place{few, many}
	sums := make([]result, 2)
	const turns = 3
	for range turns {
		for i, p := range places {
			got, err := r.drive(p, inbox, scenarios[0], 16, r.For, "")
			if err != nil {
				return nil, err
			}
			sums[i] = got.plus(sums[i], turns)
		}
	}
	base := sums[0].CPUServer + sums[0].CPUDatabase
	for i, p := range places {
		sums[i].Scenario = fmt.Sprintf("accounts-%d", p.people)
		sums[i].Growth = (sums[i].CPUServer+sums[i].CPUDatabase)/base - 1
	}
	return sums, nil
}

const million = 1_000_000

// plus adds a turn's share to a mean.
func (x result) plus(sum result, turns float64) result {
	mean := x
	mean.Journeys = sum.Journeys + x.Journeys/turns
	mean.CPUServer = sum.CPUServer + x.CPUServer/turns
	mean.CPUDatabase = sum.CPUDatabase + x.CPUDatabase/turns
	mean.CPULoader = sum.CPULoader + x.CPULoader/turns
	mean.P50, mean.P95, mean.P99 = sum.P50+x.P50/turns, sum.P95+x.P95/turns, sum.P99+x.P99/turns
	mean.PeakRSS, mean.Failed = max(sum.PeakRSS, x.PeakRSS), sum.Failed+x.Failed
	return mean
}
