using System.Security.Cryptography;
using System.Text;

namespace SernetStream.Evaluation.Corpora;

/// <summary>
/// A folder of ordinary speech. Half of it may be trained on, the other half is for judging; the name of a file decides
/// (<c>training/sernet/everyday.py</c>).
/// </summary>
public static class EverydayFolder
{
    private const string Somebody = "somebody";

    private static readonly string[] AudioEndings = [".wav", ".flac", ".ogg", ".opus"];

    /// <summary>The recordings that are for judging, in the order of their paths.</summary>
    /// <exception cref="CorpusException">There is none.</exception>
    public static IReadOnlyList<string> ForJudging(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CorpusException(CorpusError.Missing, $"There is no folder {folder}; give one with recordings of ordinary speech.");
        }

        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => AudioEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) && IsForJudging(path))
            .Order(StringComparer.Ordinal)
            .ToList();
        return files.Count > 0
            ? files
            : throw new CorpusException(
                CorpusError.Missing, $"{folder} holds no recording in the half for the test; give more of them ({string.Join(", ", AudioEndings)}).");
    }

    /// <summary>The same recordings as a corpus of one label, spoken by somebody.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="label">What they are to be called.</param>
    /// <exception cref="CorpusException">There is none.</exception>
    public static EmotionCorpus AsCorpus(string folder, string label) => new(
        new DirectoryInfo(folder).Name,
        folder,
        [.. ForJudging(folder).Select(path => new LabelledClip(Path.GetRelativePath(folder, path), label, Somebody))]);

    /// <summary>Whether a file is in the half that no model may be trained on: an odd first byte of the SHA-256 of its bare name.</summary>
    public static bool IsForJudging(string path) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileNameWithoutExtension(path)))[0] % 2 == 1;
}
