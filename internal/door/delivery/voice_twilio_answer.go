package delivery

import "fmt"

// Answer is TwiML: what to say, and which keys to wait for.
func (t *TwilioVoice) Answer(u CallUpdate, standing CallStanding) (kind string, body []byte) {
	if u.part == "status" {
		return "", nil
	}
	var next []verb
	switch {
	case u.part == "machine", !standing.Wanted && !standing.Confirmed && len(u.Events) == 0: // a text was asked for instead, or another call
		next = []verb{hangUp}
	case u.part == "words":
		next = []verb{t.listen(u, t.ask(u)...)}
	default:
		next = t.afterKey(u, standing.Confirmed)
	}
	return "text/xml; charset=utf-8", twiml(next...)
}

func (t *TwilioVoice) afterKey(u CallUpdate, confirmed bool) []verb {
	event := ""
	if len(u.Events) > 0 {
		event = u.Events[0]
	}
	switch {
	case event == "key_star":
		return []verb{t.say(u, "denied"), hangUp}
	case confirmed:
		return []verb{t.say(u, "thanks"), hangUp}
	case event == "told":
		return t.read(u)
	case u.digits == "":
		return []verb{t.say(u, "bye"), hangUp}
	}
	wrong := "wrong"
	if u.sealed != nil {
		if u.sealed.Wrong++; u.sealed.Wrong >= mostWrong {
			return []verb{t.say(u, "goodbye"), hangUp}
		}
		if u.sealed.Mode == "keypad" {
			wrong = "mismatch"
		}
	}
	return []verb{t.listen(u, append([]verb{t.say(u, wrong)}, t.ask(u)...)...)}
}

// ask is the sentence that asks for the key.
func (t *TwilioVoice) ask(u CallUpdate) []verb {
	switch {
	case u.sealed == nil:
		return []verb{t.say(u, "now")}
	case u.sealed.Mode == "spoken":
		return []verb{t.say(u, "digit"), t.say(u, u.sealed.Digit)}
	}
	return []verb{t.say(u, "keypad")}
}

// read reads the code slowly, three times, and listens for the digit again.
func (t *TwilioVoice) read(u CallUpdate) (list []verb) {
	for n := range readings {
		list = append(list, t.say(u, map[bool]string{true: "code", false: "again"}[n == 0]))
		for _, d := range u.sealed.Code {
			list = append(list, t.say(u, string(d)), element("Pause", "length", "1"))
		}
	}
	return append(list, t.listen(u, t.say(u, "type"), t.say(u, u.sealed.Digit)))
}

func (t *TwilioVoice) say(u CallUpdate, key string) verb {
	return t.verb(u.lang, t.Say(u.lang, "spoken."+key))
}

// listen waits for one key, or for a number and #. finishOnKey is empty for one key, or #
// would end the input and be no part of it.
func (t *TwilioVoice) listen(u CallUpdate, say ...verb) verb {
	most, finish := "1", ""
	if u.sealed != nil && u.sealed.Mode == "keypad" {
		most, finish = fmt.Sprint(len(u.sealed.Code)), "#"
	}
	v := element("Gather", "input", "dtmf", "numDigits", most, "finishOnKey", finish, "timeout", fmt.Sprint(t.keySecond), "actionOnEmptyResult", "true",
		"method", "POST", "action", t.address("key", u.ID, u.lang, u.sealed))
	v.Children = say
	return v
}
