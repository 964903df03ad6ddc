package prompts

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zaf/g711"

	"sallyport/internal/words"
)

// What ships says what the words say: who changes the words makes them anew (sallyport
// prompts --out internal/prompts/shipped).
func TestShippedPromptsSayTheWords(t *testing.T) {
	t.Parallel()
	catalog, err := words.Load(words.Brand{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := Load("", "en", "es")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range catalog.All() {
		said, err := shipped.ReadFile("shipped/" + l.Tag + ".said")
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(string(said)), "\n") {
			name, sentence, _ := strings.Cut(line, "\t")
			if want := l.Say("spoken."+name, "Brand", l.Say("spoken.portal")); name != Names[i] || sentence != want {
				t.Errorf("%s/%s says %q, and the words are %q", l.Tag, name, sentence, want)
			}
			sound := set.Sound(l.Tag, name)
			if n := len(sound); n < rate/4 || n > 8*rate {
				t.Errorf("%s/%s lasts %d ms", l.Tag, name, n/8)
			}
			if bytes.Equal(sound, set.Sound(map[string]string{"en": "es", "es": "en"}[l.Tag], name)) {
				t.Errorf("%s/%s is the other language's", l.Tag, name)
			}
		}
	}
	if !bytes.Equal(set.Sound("fr", "now"), set.Sound("en", "now")) {
		t.Error("a language that we have not is not English")
	}
}

// wav is a file of so many samples.
func wav(format, channels uint16, samples uint32, bits uint16, sound []byte) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVELIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, format)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, samples)
	b = append(b, make([]byte, 6)...)
	b = binary.LittleEndian.AppendUint16(b, bits)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(sound)))
	return append(b, sound...)
}

// Recordings of the operator's take the place of ours, in every form that is read.
func TestOwnRecordings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, text []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sound := bytes.Repeat([]byte{0x12, 0x92}, 800)
	write("en/greeting.ul", sound)
	write("en/press.wav", wav(ulaw, 1, 8000, 8, sound))
	write("es/press.wav", wav(alaw, 1, 8000, 8, g711.Ulaw2Alaw(sound)))
	write("es/now.wav", wav(pcm, 1, 8000, 16, g711.DecodeUlaw(sound)))
	set, err := Load(dir, "en", "es")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"en/greeting", "en/press", "es/now"} {
		lang, prompt, _ := strings.Cut(name, "/")
		if !bytes.Equal(set.Sound(lang, prompt), sound) {
			t.Errorf("%s is not the recording", name)
		}
	}
	if ours, _ := Load("", "en", "es"); len(set.Sound("es", "press")) != len(sound) || !bytes.Equal(set.Sound("es", "greeting"), ours.Sound("es", "greeting")) {
		t.Error("A-law was not read, or what there is no recording of is not ours")
	}
	for name, text := range map[string][]byte{"en/hello.wav": wav(pcm, 1, 8000, 16, sound), "en/wrong.mp3": sound, "en/thanks.wav": sound, "en/bye.wav": wav(pcm, 2, 8000, 16, sound),
		"en/digit.wav": wav(pcm, 1, 44100, 16, sound), "es/code.wav": wav(pcm, 1, 8000, 8, sound), "es/again.ul": nil, "es/type.ul": make([]byte, 21*8000), "es/report.wav": wav(3, 1, 8000, 32, sound)} {
		write(name, text)
	}
	_, err = Load(dir, "en", "es")
	if err == nil {
		t.Fatal("read what can't be read")
	}
	for _, want := range []string{"en/hello.wav: is no prompt", "en/wrong.mp3: is no prompt", "en/thanks.wav: must be WAV", "en/bye.wav: must be", "en/digit.wav: must be", "es/code.wav: must be", "es/again.ul: lasts 0", "es/type.ul: lasts 21", "es/report.wav: must be"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said: %v", want, err)
		}
	}
	if _, err := Load(filepath.Join(dir, "nowhere"), "en"); err == nil {
		t.Error("a folder that is not there is well")
	}
}

// The documented command makes what can be loaded.
func TestMake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := 0
	if err := Make(t.Context(), dir, "es", func(name string) string { return "Hola, " + name }, func(string) { n++ }); err != nil {
		t.Fatal(err)
	}
	if n != len(Names) {
		t.Errorf("%d of %d were told of", n, len(Names))
	}
	set, err := Load(dir, "en", "es")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names {
		if sound := set.Sound("es", name); len(sound) < rate/4 {
			t.Errorf("%s lasts %d ms", name, len(sound)/8)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wav(pcm, 1, 8000, 16, make([]byte, 100)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if sound, err := readWAV(text); err == nil && len(sound) > len(text) {
			t.Errorf("%d bytes of %d", len(sound), len(text))
		}
	})
}
