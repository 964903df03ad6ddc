package smpp

import "fmt"

// Status is a message centre's answer other than ESME_ROK (§5.1.3).
type Status uint32

const (
	statusSystem       Status = 0x00000008
	statusBadSource    Status = 0x0000000a
	statusBadTo        Status = 0x0000000b
	statusBindFailed   Status = 0x0000000d
	statusBadPassword  Status = 0x0000000e
	statusBadSystemID  Status = 0x0000000f
	statusQueueFull    Status = 0x00000014
	statusNotSubmitted Status = 0x00000045
	statusBadTON       Status = 0x00000050
	statusBadNPI       Status = 0x00000051
	statusThrottled    Status = 0x00000058
	statusTemporary    Status = 0x00000064 // receiver temporary application error
)

var said = map[Status]string{
	statusSystem: "system error", statusBadSource: "source address refused", statusBadTo: "destination refused", statusBindFailed: "bind failed",
	statusBadPassword: "password refused", statusBadSystemID: "system id refused", statusQueueFull: "message queue full", statusNotSubmitted: "submit_sm failed",
	statusBadTON: "destination's type of number refused", statusBadNPI: "destination's numbering plan refused", statusThrottled: "throttled", statusTemporary: "temporary error",
}

func (s Status) Error() string {
	if words, ok := said[s]; ok {
		return fmt.Sprintf("%s (%#x)", words, uint32(s))
	}
	return fmt.Sprintf("status %#x", uint32(s))
}

// Temporary tells that the same message may pass later.
func (s Status) Temporary() bool {
	return s == statusSystem || s == statusQueueFull || s == statusThrottled || s == statusTemporary
}

// Destination tells that it is the number that was refused, and not us.
func (s Status) Destination() bool { return s == statusBadTo }
