package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"sallyport/internal/portal"
)

// DeliveryPage shows how mails, texts and calls go out: which carriers work, how much of
// the day's budget is used, and what became of the messages.
type DeliveryPage struct {
	Frame
	At       string
	Carriers []CarrierRow
	Paused   []string
	Budget   []BudgetRow
	Spans    []SpanLink
	Rows     []DeliveredRow
	Totals   []TileRow
}

// CarrierRow is one carrier and how it does.
type CarrierRow struct{ Channel, Name, Countries, Price, Health, Tone string }

// BudgetRow is one bar.
type BudgetRow struct{ Words, Used, Limit, Width, Tone string }

// SpanLink leads to another stretch of time.
type SpanLink struct {
	Words, URL string
	Now        bool
}

// DeliveredRow is how one carrier did in one country.
type DeliveredRow struct {
	Channel, Carrier, Country  string
	Sent, Arrived, Lost        int64
	Refused, Unknown, Segments int64
	Used                       string // of the codes, in per cent
	Cost                       string
}

// TileRow is a figure.
type TileRow struct{ N, Words string }

func (DeliveryPage) Template() string { return "page_delivery" }

func (s *Server) delivery(w http.ResponseWriter, r *request) error {
	days, _ := strconv.Atoi(r.URL.Query().Get("days"))
	d, err := s.HelpDesk.Delivery(r.Context(), r.actor(), days)
	if err != nil {
		return missingOr(err)
	}
	frame, err := s.frame(r, "delivery.title", "/staff/delivery")
	if err != nil {
		return err
	}
	page := DeliveryPage{Frame: frame, At: clockTime(d.At)}
	for _, c := range d.Carriers {
		page.Carriers = append(page.Carriers, carrierRow(r, c, d.Currency))
	}
	for _, p := range d.Paused {
		page.Paused = append(page.Paused, r.Lang.Say("delivery.channel."+p.Channel)+", "+p.Country)
	}
	for _, b := range d.Budget {
		page.Budget = append(page.Budget, budgetRow(r, b, d.Currency))
	}
	for _, n := range []int{1, 7, 30} {
		page.Spans = append(page.Spans, SpanLink{r.Lang.Say("delivery.days", "N", n), fmt.Sprintf("/staff/delivery?days=%d", n), d.At.AddDate(0, 0, -n).Equal(d.Since)})
	}
	page.Rows, page.Totals = deliveredRows(r, d)
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

func carrierRow(r *request, c portal.Carrier, currency string) CarrierRow {
	row := CarrierRow{Channel: r.Lang.Say("delivery.channel." + c.Channel), Name: c.Name, Countries: strings.Join(c.Countries, " "), Health: r.Lang.Say("delivery.health." + c.Health), Tone: "bad"}
	if c.Health == "good" {
		row.Tone = "good"
	}
	if row.Countries == "" {
		row.Countries = r.Lang.Say("delivery.everywhere")
	}
	if c.Price > 0 {
		row.Price = money(c.Price, currency)
	}
	return row
}

func budgetRow(r *request, b portal.Spent, currency string) BudgetRow {
	row := BudgetRow{Words: r.Lang.Say("delivery.budget." + b.K), Used: fmt.Sprint(b.Used), Limit: fmt.Sprint(b.Limit)}
	if b.K == "money" {
		row.Used, row.Limit = money(b.Used, currency), money(b.Limit, currency)
	}
	share := 100 * float64(b.Used) / float64(max(b.Limit, 1))
	row.Width = fmt.Sprintf("%.2f", min(share, 100))
	switch {
	case share >= 100:
		row.Tone = "bad"
	case share >= 80:
		row.Tone = "warn"
	}
	return row
}

func deliveredRows(r *request, d *portal.Delivery) (rows []DeliveredRow, totals []TileRow) {
	var sent, lost, codes, used, cost int64
	for _, c := range d.Counts {
		row := DeliveredRow{Channel: r.Lang.Say("delivery.channel." + c.Channel), Carrier: c.Carrier, Country: c.Country, Sent: c.Sent, Arrived: c.Arrived, Lost: c.Lost, Refused: c.Failed, Unknown: c.Unknown,
			Segments: c.Segments, Used: percent(c.Used, c.Codes), Cost: "–"}
		if row.Carrier == "" {
			row.Carrier = "–"
		}
		if row.Country == "" {
			row.Country = "–"
		}
		if c.Cost > 0 {
			row.Cost = money(c.Cost, d.Currency)
		}
		rows = append(rows, row)
		sent, lost, codes, used, cost = sent+c.Sent, lost+c.Lost+c.Failed, codes+c.Codes, used+c.Used, cost+c.Cost
	}
	say := r.Lang.Say
	return rows, []TileRow{{fmt.Sprint(sent), say("delivery.sent")}, {fmt.Sprint(lost), say("delivery.not_arrived")}, {percent(used, codes), say("delivery.used")}, {money(cost, d.Currency), say("delivery.cost")}}
}

// percent is a share, or a dash of nothing.
func percent(n, of int64) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100*float64(min(n, of))/float64(of))
}

// money writes millionths: 1.25 USD, and 0.0079 USD where that is less than a cent's worth.
func money(millionths int64, currency string) string {
	amount := float64(millionths) / 1e6
	if millionths > 0 && millionths < 100_000 {
		return strings.TrimRight(fmt.Sprintf("%.6f", amount), "0") + " " + currency
	}
	return fmt.Sprintf("%.2f %s", amount, currency)
}
