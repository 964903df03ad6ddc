package app

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/passhash"
)

// metrics are what /metrics shows, on a listener apart (ASVS 13.4.5). No label
// holds anything of a person.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	segments   *prometheus.CounterVec
	events     *prometheus.CounterVec
}

func newMetrics(a *App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sallyport_http_request_seconds",
			Help: "Time to answer, by route and status.", Buckets: []float64{.002, .01, .05, .1, .25, .5, 1, 2.5, 5}}, []string{"route", "status"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_deliveries_total",
			Help: "Messages handed to carriers, by outcome: at one carrier refused or silent; in all sent, retry, failed or unknown; and what receipts said: delivered, undelivered, unreachable."}, []string{"channel", "carrier", "outcome"}),
		segments: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_delivery_segments_total",
			Help: "Segments that carriers charge for."}, []string{"channel", "carrier"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_sign_in_events_total",
			Help: "What happened in journeys: finished, refused, calls."}, []string{"event"}),
	}
	count := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read)
	}
	m.registry.MustRegister(m.requests, m.deliveries, m.segments, m.events, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		count("sallyport_db_commits_total", "Write transactions committed.", func() float64 { return float64(a.Store.DB.Stats().Commits) }),
		count("sallyport_db_statements_total", "Statements run.", func() float64 { return float64(a.Store.DB.Stats().Statements) }),
		count("sallyport_missing_words_total", "Words that a language lacked.", func() float64 { return float64(a.Words.Missing()) }))
	return m
}

func (m *metrics) watch(gate *passhash.Gate) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sallyport_hash_queue",
		Help: "Sign-ins that wait for their turn to hash."}, func() float64 { return float64(gate.Waiting()) }))
}

func (m *metrics) served(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) delivered(o delivery.Observation) {
	m.deliveries.WithLabelValues(o.Message.Channel, o.HandOff.Carrier, o.Outcome).Inc()
	m.segments.WithLabelValues(o.Message.Channel, o.HandOff.Carrier).Add(float64(o.HandOff.Segments))
}

func (m *metrics) happened(event string) { m.events.WithLabelValues(event).Inc() }

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
