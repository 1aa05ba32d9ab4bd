namespace SernetStream.Evaluation.Corpora;

/// <summary>
/// Corpora that come with a <c>labels.csv</c>: the columns file, label, speaker and sentence, in any order, among others.
/// </summary>
internal static class LabelTable
{
    public const string DatasetName = "table";
    public const string FileName = "labels.csv";

    private const char Quote = '"';

    public static IReadOnlyList<string> Columns { get; } = ["file", "label", "speaker", "sentence"];

    /// <exception cref="CorpusException">A column or a file is missing, or a line is cut off.</exception>
    public static IReadOnlyList<LabelledClip> Read(string folder, Action<CorpusException>? notWhole)
    {
        var table = Path.Combine(folder, FileName);
        var rows = Rows(File.ReadAllText(table));
        var header = rows.Count > 0 ? rows[0] : [];
        if (Columns.FirstOrDefault(column => !header.Contains(column)) is { } missing)
        {
            throw new CorpusException(
                CorpusError.BadTable, $"{table} has no column '{missing}'; its first line must be {string.Join(',', Columns)}.");
        }

        var (file, label, speaker) = (header.IndexOf("file"), header.IndexOf("label"), header.IndexOf("speaker"));
        var clips = new List<LabelledClip>(rows.Count);
        foreach (var (row, line) in rows.Skip(1).Select((row, index) => (row, index + 2)))
        {
            if (row.Count != header.Count || row[file].Length == 0 || row[label].Length == 0)
            {
                throw new CorpusException(
                    CorpusError.BadTable, $"{table}: row {line} is not complete; it needs {string.Join(',', header)}.");
            }

            clips.Add(new LabelledClip(row[file], row[label], row[speaker]));
        }

        return There(folder, table, clips, notWhole);
    }

    /// <summary>The clips whose files are there: all of them, unless a caller takes reports of missing ones.</summary>
    private static List<LabelledClip> There(
        string folder, string table, List<LabelledClip> clips, Action<CorpusException>? notWhole)
    {
        if (clips.Count == 0)
        {
            throw new CorpusException(CorpusError.BadTable, $"{table} lists no files; copy the data set again.");
        }

        var absent = clips.Where(clip => !File.Exists(Path.Combine(folder, clip.File))).ToList();
        if (absent.Count > 0)
        {
            new CorpusException(
                CorpusError.Incomplete,
                $"{absent.Count} of the {clips.Count} files listed in {table} are missing, the first is {absent[0].File}; "
                + "copy the data set again.").TellOrThrow(notWhole);
        }

        return absent.Count == 0 ? clips : [.. clips.Except(absent)];
    }

    /// <summary>RFC 4180: fields may be quoted, with quotes doubled and line breaks inside.</summary>
    private static List<List<string>> Rows(string text)
    {
        var rows = new List<List<string>>();
        var row = new List<string>();
        for (var at = 0; at < text.Length || row.Count > 0; at++)
        {
            row.Add(Field(text, ref at));
            if (at < text.Length && text[at] == ',')
            {
                continue;
            }

            if (at + 1 < text.Length && text[at] == '\r' && text[at + 1] == '\n')
            {
                at++;
            }

            if (row is not [""])
            {
                rows.Add(row);
            }

            row = [];
        }

        return rows;
    }

    /// <summary>The field that begins at a place, which then lies behind it: at a comma, a line break or the end.</summary>
    private static string Field(string text, ref int at)
    {
        if (at < text.Length && text[at] == Quote)
        {
            var value = new System.Text.StringBuilder();
            for (at++; at < text.Length; at++)
            {
                if (text[at] != Quote)
                {
                    value.Append(text[at]);
                }
                else if (at + 1 < text.Length && text[at + 1] == Quote)
                {
                    value.Append(text[at++]);
                }
                else
                {
                    at++;
                    break;
                }
            }

            return value.ToString();
        }

        if (at >= text.Length)
        {
            return "";
        }

        var end = text.AsSpan(at).IndexOfAny(",\r\n");
        var field = end < 0 ? text[at..] : text.Substring(at, end);
        at += field.Length;
        return field;
    }
}
