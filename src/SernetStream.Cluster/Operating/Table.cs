namespace SernetStream.Cluster.Operating;

/// <summary>Columns for a terminal.</summary>
internal static class Table
{
    /// <summary>Writes rows below their heads, each column as wide as its widest entry.</summary>
    public static void Write(TextWriter output, IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.Prepend(heads).ToList();
        var widths = heads.Select((_, column) => all.Max(row => row[column].Length)).ToList();
        foreach (var row in all)
        {
            output.WriteLine(string.Join("  ", row.Select((text, column) => text.PadRight(widths[column]))).TrimEnd());
        }
    }
}
