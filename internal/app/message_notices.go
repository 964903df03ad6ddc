package app

import (
	"context"

	"sallyport/internal/door/admin"
	"sallyport/internal/portal"
)

// messageNotices has the door tell people that a message waits for them in the portal.
type messageNotices struct{ *admin.Admin }

func (m messageNotices) Notify(ctx context.Context, n portal.MessageNotice) error {
	return m.NotifyMessage(ctx, n.MessageID, n.Subject, n.OrganizationID)
}
