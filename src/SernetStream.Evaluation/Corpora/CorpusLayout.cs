using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace SernetStream.Evaluation.Corpora;

/// <summary>
/// A corpus as its authors publish it, where file names say emotion and speaker. How each names its files is data
/// (<c>training/sernet/corpora/layouts.json</c>), the same that training reads.
/// </summary>
internal sealed class CorpusLayout
{
    private static readonly string[] AudioEndings = [".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".wma"];

    private readonly LayoutJson _json;
    private readonly Regex _pattern;

    private CorpusLayout(LayoutJson json)
    {
        _json = json;
        _pattern = new Regex(json.Pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.CultureInvariant);
    }

    public static IReadOnlyList<CorpusLayout> Published { get; } = ReadAll();

    public string Name => _json.Name;

    /// <summary>The clips of a folder, in the order of their paths.</summary>
    /// <exception cref="CorpusException">Speakers or clips are missing.</exception>
    public IReadOnlyList<LabelledClip> Read(string folder, Action<CorpusException>? notWhole = null)
    {
        var clips = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => AudioEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal)
            .Select(file => (file, match: _pattern.Match(Path.ChangeExtension(file, null))))
            .Where(found => found.match.Success)
            .Select(found => ClipOf(found.file, found.match))
            .ToList();
        Check(folder, clips, notWhole);
        return clips;
    }

    private void Check(string folder, List<LabelledClip> clips, Action<CorpusException>? notWhole)
    {
        if (clips.Count == 0)
        {
            throw new CorpusException(
                CorpusError.Missing,
                $"{folder} holds no audio files named as in {_json.Title}; give its folder as it comes from {_json.Source}.");
        }

        var here = clips.CountBy(clip => clip.Speaker).ToDictionary();
        var absent = _json.Speakers.Except(here.Keys).ToList();
        if (absent.Count > 0)
        {
            new CorpusException(
                CorpusError.Incomplete,
                $"{folder} has no clips of the speakers {string.Join(", ", absent)} of {_json.Title}; "
                + $"copy it again from {_json.Source}.").TellOrThrow(notWhole);
        }
        else if (clips.Count < _json.Clips)
        {
            var (speaker, count) = here.MinBy(pair => pair.Value);
            new CorpusException(
                CorpusError.Incomplete,
                $"{folder} has {clips.Count} of the {_json.Clips} clips of {_json.Title} (fewest, {count}, of speaker {speaker}); "
                + $"copy it again from {_json.Source}.").TellOrThrow(notWhole);
        }
    }

    private LabelledClip ClipOf(string file, Match match)
    {
        var speaker = match.Groups["speaker"].Value;
        return new LabelledClip(
            file,
            _json.Emotions[match.Groups["emotion"].Value.ToLowerInvariant()],
            _json.SpeakerAliases?.GetValueOrDefault(speaker) ?? speaker);
    }

    private static List<CorpusLayout> ReadAll()
    {
        using var stream = typeof(CorpusLayout).Assembly.GetManifestResourceStream("layouts.json")!;
        var layouts = JsonSerializer.Deserialize(stream, LayoutJsonContext.Default.ListLayoutJson)!;
        return [.. layouts.Select(layout => new CorpusLayout(layout))];
    }
}

/// <summary>The JSON form of a layout, key by key.</summary>
internal sealed record LayoutJson(
    string Name,
    string Title,
    string Source,
    int Clips,
    IReadOnlyList<string> Speakers,
    string Pattern,
    IReadOnlyDictionary<string, string> Emotions,
    IReadOnlyDictionary<string, string>? SpeakerAliases);

/// <summary>Reads layouts without reflection, which a native build has not.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(List<LayoutJson>))]
internal sealed partial class LayoutJsonContext : JsonSerializerContext;
