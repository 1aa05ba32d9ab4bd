namespace SernetStream.Testing;

/// <summary>
/// A fact that needs what may be absent: programs (<c>"sox"</c>), or a corpus (<c>"data:emodb"</c>). Where one is
/// missing, the test is skipped and says which.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] needs)
    {
        Skip = Need.FirstMissing(needs);
    }
}

/// <summary>The theory of <see cref="NeedsFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] needs)
    {
        Skip = Need.FirstMissing(needs);
    }
}

internal static class Need
{
    public static string? FirstMissing(IEnumerable<string> needs)
    {
        var missing = needs.FirstOrDefault(need => !IsThere(need));
        return missing is null ? null : $"needs {missing.Replace("data:", "the corpus ", StringComparison.Ordinal)}";
    }

    private static bool IsThere(string need)
    {
        if (need.StartsWith("data:", StringComparison.Ordinal))
        {
            return Directory.Exists(Repository.Dataset(need["data:".Length..]));
        }

        // sbin: Debian's mosquitto lives there, and an ordinary user's PATH does not always name it.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin");
        return folders.Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, need)));
    }
}
