package app

import (
	"context"

	"sallyport/internal/door/admin"
	"sallyport/internal/door/store"
	"sallyport/internal/portal"
)

// helpDesk gives the portal what staff may see of the door.
type helpDesk struct{ *admin.Admin }

func (h helpDesk) Find(ctx context.Context, p portal.Actor, typed string) (out portal.Found, err error) {
	found, err := h.Admin.Find(ctx, by(p), typed)
	out.Users, out.More = usersOf(found.Users), found.More
	for _, o := range found.Organizations {
		out.Organizations = append(out.Organizations, portal.OrganizationView(o))
	}
	for _, r := range found.References {
		out.References = append(out.References, portal.Reference(r))
	}
	return out, outward(err)
}

func (h helpDesk) Help(ctx context.Context, p portal.Actor, id string) (*portal.Helped, error) {
	found, err := h.Admin.Help(ctx, by(p), id)
	if err != nil {
		return nil, outward(err)
	}
	out := &portal.Helped{UserView: viewOf(found.Person)}
	for _, e := range found.Events {
		out.Events = append(out.Events, portal.Event(e))
	}
	for _, m := range found.Sent {
		out.Sent = append(out.Sent, portal.Sent{At: m.At, Kind: m.Kind, Channel: m.Channel, Purpose: m.Purpose, State: m.State, Carrier: m.Carrier, SentAt: m.SentAt, Used: m.Used, Call: portal.CallCourse(m.Call)})
	}
	return out, nil
}

func (h helpDesk) Progress(ctx context.Context, p portal.Actor, organization string) (*portal.Progress, error) {
	found, err := h.ProgressOf(ctx, by(p), organization)
	if err != nil {
		return nil, outward(err)
	}
	out := &portal.Progress{At: found.At, Organization: found.Organization}
	for _, s := range found.Stages {
		out.Stages = append(out.Stages, portal.Stage(s))
	}
	for _, d := range found.Days {
		out.Days = append(out.Days, portal.Day(d))
	}
	for _, k := range found.Stuck {
		out.Stuck = append(out.Stuck, portal.Stuck(k))
	}
	return out, nil
}

func (h helpDesk) Delivery(ctx context.Context, p portal.Actor, days int) (*portal.Delivery, error) {
	found, err := h.DeliveryOf(ctx, by(p), days)
	if err != nil {
		return nil, outward(err)
	}
	out := &portal.Delivery{At: found.At, Since: found.Since, Currency: found.Currency}
	for _, c := range found.Carriers {
		out.Carriers = append(out.Carriers, portal.Carrier(c))
	}
	for _, p := range found.Paused {
		out.Paused = append(out.Paused, portal.Paused(p))
	}
	for _, b := range found.Budget {
		out.Budget = append(out.Budget, portal.Spent(b))
	}
	for _, d := range found.Counts {
		out.Counts = append(out.Counts, portal.Delivered{Channel: d.Channel, Carrier: d.Carrier, Country: d.Country, Sent: d.Sent, Failed: d.Failed, Unknown: d.Unknown,
			Arrived: d.Counts.Delivered, Lost: d.Undelivered, Codes: d.Codes, Used: d.Used, Segments: d.Segments, Cost: d.Cost})
	}
	return out, nil
}

func (h helpDesk) EachOrganization(ctx context.Context, p portal.Actor, each func(portal.OrganizationProgress) error) error {
	return outward(h.Admin.EachOrganization(ctx, by(p), func(o store.OrganizationStages) error { return each(portal.OrganizationProgress(o)) }))
}

func (h helpDesk) Audit(ctx context.Context, p portal.Actor, q portal.AuditQuery) (out portal.AuditPage, err error) {
	found, err := h.AuditLog(ctx, by(p), admin.AuditSearch(q))
	out.Next, out.Size = found.Next, found.Size
	for _, r := range found.Rows {
		out.Rows = append(out.Rows, portal.AuditRow(r))
	}
	return out, outward(err)
}
