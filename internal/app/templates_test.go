package app_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"sallyport/internal/demo"
	"sallyport/internal/door/web"
	portalweb "sallyport/internal/portal/web"
	"sallyport/internal/ui"
	"sallyport/internal/words"
)

// pages are all typed pages. A template that is not here fails the test, and so
// does one that names a field its struct does not have.
var pages = []ui.Page{
	web.LoginOptionsPage{}, web.SignInPage{}, web.ChoosePhonePage{}, web.NoPhonePage{}, web.PhoneCodePage{}, web.CallingPage{}, web.CallingCodePage{},
	web.SendEmailPage{}, web.EmailCodePage{}, web.EmailVerifiedPage{}, web.EmailNotAllowedPage{}, web.AccountPage{}, web.SignedOutPage{},
	web.OldLoginPage{}, web.MailboxPage{}, web.TermsPage{}, web.SpecifyOrganizationPage{}, web.EnterUserPage{}, web.MailSentPage{}, web.HelpPage{}, web.HelpTopicPage{}, web.AskByPasswordPage{}, web.AskByUsernamePage{}, web.LinkSentPage{}, web.LinkPage{}, web.PortalPasswordSetPage{}, web.ChooseMethodPage{}, web.EnrolEmailPage{}, web.NewPasswordPage{}, web.EnterPhonePage{},
	web.FormPostPage{}, web.LeavePage{}, portalweb.HomePage{}, portalweb.SetupPage{}, portalweb.ConsumersPage{}, portalweb.CasesPage{}, portalweb.CasePage{}, portalweb.ConsumerPage{}, portalweb.ManageUsersPage{}, portalweb.UserPage{}, portalweb.ResetPage{}, portalweb.InvitePage{}, portalweb.CodesPage{}, portalweb.FindPage{}, portalweb.HelpDeskPage{}, portalweb.ProgressPage{}, portalweb.DeliveryPage{}, portalweb.AuditLogPage{}, portalweb.NotSignedInPage{}, portalweb.MeanwhilePage{}, portalweb.MessagesPage{}, portalweb.ThreadPage{}, portalweb.QueuePage{}, portalweb.ReviewPage{}, portalweb.LetterPage{}, portalweb.LetterFile{}, portalweb.ReportsPage{}, portalweb.GuidePage{}, portalweb.GuideTopicPage{},
	web.UndoPage{}, web.UndonePage{}, web.RememberMePage{}, web.NotHerePage{}, web.GonePage{}, web.PlainPage{}, web.TroublePage{}, web.BusyPage{}, web.StaffPage{}, demo.ProviderPage{}, demo.DemoPage{}, demo.DeskPage{},
}

func TestEveryTemplateFitsItsStruct(t *testing.T) {
	t.Parallel()
	catalog, err := words.Load(words.Brand{Name: "Test"})
	if err != nil {
		t.Fatal(err)
	}
	assets, err := ui.NewAssets(ui.Look{Color: "#000000", ColorDark: "#ffffff"})
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := ui.New(catalog, assets, web.Templates, portalweb.Templates, portalweb.Bare, demo.Templates)
	if err != nil {
		t.Fatal(err)
	}
	typed := map[string]bool{}
	for _, page := range pages {
		typed[page.Template()] = true
		for _, lang := range catalog.All() {
			whole := renderer.Template(lang.Tag, page.Template())
			if whole == nil {
				t.Errorf("%T has no template %s in %s", page, page.Template(), lang.Tag)
				continue
			}
			if err := templatecheck.CheckHTML(whole, page); err != nil {
				t.Errorf("%T: %v", page, err)
			}
		}
	}
	for _, files := range []fs.FS{web.Templates, portalweb.Templates, portalweb.Bare, demo.Templates} {
		names, err := fs.Glob(files, "*.html")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if name != ui.FrameFile && !typed[strings.TrimSuffix(name, ".html")] {
				t.Errorf("%s has no struct in this test", name)
			}
		}
	}
}
