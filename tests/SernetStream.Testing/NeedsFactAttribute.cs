namespace SernetStream.Testing;

/// <summary>
/// A fact that needs programs (<c>"sox"</c>), a corpus (<c>"data:emodb"</c>) or a library that Python calls
/// (<c>"gi:GstRtspServer-1.0"</c>, or <c>"python:paho.mqtt"</c>). If one is missing, the test is skipped and says which.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] needs)
    {
        Skip = Need.FirstMissing(needs);
    }
}

/// <summary>Like <see cref="NeedsFactAttribute"/>, for a theory.</summary>
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

        if (need.StartsWith("gi:", StringComparison.Ordinal))
        {
            return Directory.Exists("/usr/lib") && Directory.EnumerateFiles(
                "/usr/lib", need["gi:".Length..] + ".typelib", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }).Any();
        }

        if (need.StartsWith("python:", StringComparison.Ordinal))
        {
            return Directory.Exists(Path.Combine("/usr/lib/python3/dist-packages", need["python:".Length..].Replace('.', '/')));
        }

        // Debian installs mosquitto in sbin, which is not always in an ordinary user's PATH.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin");
        return folders.Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, need)));
    }
}
