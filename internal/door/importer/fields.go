package importer

// The fields of each kind of file, with other names that they go by.
var (
	userFields = map[string][]string{
		"username":      {"user", "login", "loginname", "userid", "accountname", "samaccountname", "userprincipalname", "mailnickname"},
		"first_name":    {"first", "given", "givenname", "forename"},
		"last_name":     {"last", "surname", "familyname", "sn"},
		"name":          {"displayname", "fullname"},
		"organization":  {"npi", "organizationnpi", "organisation", "organizationid", "providernpi"},
		"email":         {"mail", "emailaddress"},
		"role":          {"usertype"},
		"password_hash": {"hash", "passwordhash", "hashedpassword", "encryptedpassword"},
		"state":         {},
		"method":        {},
		"phone":         {"phonenumber", "mobile", "mobilephone"},
		"registered_at": {},
		"lang":          {"language", "locale"},
	}
	organizationFields = map[string][]string{
		"npi":    {"organizationnpi", "providernpi"},
		"name":   {"organization", "organisation", "organizationname", "displayname"},
		"active": {"enabled"},
	}
)
