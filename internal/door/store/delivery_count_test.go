package store

import (
	"testing"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

func TestDeliveryCounts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		us := delivery.Slot{Channel: "sms", Carrier: "first", Country: "US"}
		add := func(replica string, counts delivery.Counts) {
			write(t, s, func(tx *sqldb.Tx) error {
				return s.AddDeliveries(tx, replica, map[delivery.Slot]delivery.Counts{us: counts, {Channel: "email", Carrier: "smtp"}: {Sent: 1}})
			})
		}
		began := c.Now()
		add("a", delivery.Counts{Sent: 2, Failed: 1, Unknown: 1, Delivered: 1, Undelivered: 1, Codes: 2, Used: 1, Strange: 2, StrangeUsed: 1, Segments: 3, Cost: 16000})
		add("a", delivery.Counts{Sent: 1, Cost: 8000})
		add("b", delivery.Counts{Sent: 10, Strange: 5})
		c.add(10 * time.Minute)
		add("a", delivery.Counts{Sent: 1, Strange: 7, StrangeUsed: 2})
		list, err := s.Deliveries(s.Read(t.Context()), began)
		if err != nil || len(list) != 2 || list[0].Channel != "email" || list[0].Sent != 4 {
			t.Fatalf("%+v, %v", list, err)
		}
		if want := (delivery.Counts{Sent: 14, Failed: 1, Unknown: 1, Delivered: 1, Undelivered: 1, Codes: 2, Used: 1, Strange: 14, StrangeUsed: 3, Segments: 3, Cost: 24000}); list[1].Slot != us || list[1].Counts != want {
			t.Errorf("%+v", list[1])
		}
		if list, _ := s.Deliveries(s.Read(t.Context()), c.Now()); len(list) != 2 || list[1].Sent != 1 {
			t.Errorf("lately: %+v", list)
		}
		strange, err := s.StrangeCodes(s.Read(t.Context()), began.Add(-time.Minute), c.Now())
		if err != nil || len(strange) != 1 || strange[0] != (StrangeCodes{"sms", "US", 7, 3}) { // those of the last minutes may still be used
			t.Errorf("%+v, %v", strange, err)
		}
	})
}
