package prompts

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// voices of espeak-ng.
var voices = map[string]string{"en": "en-us", "es": "es-419"}

// Make speaks every prompt of a language into dir/LANG by espeak-ng and sox, which must be
// on the machine, and writes beside them what was spoken. Words gives the sentence of a
// prompt. Progress is told of each.
func Make(ctx context.Context, dir, lang string, words func(name string) string, progress func(name string)) error {
	for _, tool := range []string{"espeak-ng", "sox"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is needed to make prompts: apt-get install espeak-ng sox", tool)
		}
	}
	into := filepath.Join(dir, lang)
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	var said strings.Builder
	for _, name := range Names {
		sentence := words(name)
		if err := speak(ctx, filepath.Join(into, name+".ul"), voices[lang], sentence, len(name) == 1); err != nil {
			return fmt.Errorf("%s/%s: %w", lang, name, err)
		}
		fmt.Fprintf(&said, "%s\t%s\n", name, sentence)
		progress(lang + "/" + name)
	}
	return os.WriteFile(filepath.Join(dir, lang+".said"), []byte(said.String()), 0o644)
}

// speak makes one file: slowly, digits slower, at one loudness, without the quiet around
// it but for a breath after.
func speak(ctx context.Context, to, voice, sentence string, digit bool) error {
	pace := "145"
	if digit {
		pace = "115"
	}
	raw, err := os.CreateTemp("", "prompt-*.wav")
	if err != nil {
		return err
	}
	raw.Close()
	defer os.Remove(raw.Name())
	if out, err := exec.CommandContext(ctx, "espeak-ng", "-v", voice, "-s", pace, "-w", raw.Name(), sentence).CombinedOutput(); err != nil {
		return fmt.Errorf("espeak-ng: %w: %s", err, out)
	}
	trim := []string{"silence", "1", "0.01", "0.3%", "reverse", "silence", "1", "0.01", "0.3%", "reverse", "pad", "0", "0.25", "gain", "-n", "-5"}
	if out, err := exec.CommandContext(ctx, "sox", append([]string{"-R", raw.Name(), "-r", "8000", "-c", "1", "-e", "u-law", "-t", "ul", to, "highpass", "180"}, trim...)...).CombinedOutput(); err != nil {
		return fmt.Errorf("sox: %w: %s", err, out)
	}
	return nil
}
