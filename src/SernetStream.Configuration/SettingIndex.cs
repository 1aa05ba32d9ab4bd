namespace SernetStream.Configuration;

/// <summary>Finds settings by key or variable, and the nearest one to a misspelled name.</summary>
internal sealed class SettingIndex(IReadOnlyList<Setting> settings)
{
    private readonly Dictionary<string, Setting> _byKey = settings.ToDictionary(setting => setting.Key, StringComparer.Ordinal);
    private readonly Dictionary<string, Setting> _byVariable =
        settings.ToDictionary(setting => setting.Variable, StringComparer.Ordinal);

    public Setting? ByKey(string key) => _byKey.GetValueOrDefault(key);

    public Setting? ByVariable(string variable) => _byVariable.GetValueOrDefault(variable);

    public bool IsSecretVariable(string variable) =>
        settings.OfType<SecretSetting>().Any(secret => secret.SecretVariable == variable);

    /// <summary>The variable that comes closest; null if none does.</summary>
    public string? NearestVariable(string variable) => Nearest(variable, _byVariable.Keys);

    /// <summary>The message for a key that is not a setting.</summary>
    public string Unknown(string key)
    {
        if (settings.OfType<SecretSetting>().FirstOrDefault(secret => secret.SecretKey == key) is { } secret)
        {
            return $"{key} is a secret, which does not belong here; write it to a file that only the daemon can read, and name "
                + $"that file with {secret.Key} (or set {secret.SecretVariable}).";
        }

        var name = key[(key.LastIndexOf('.') + 1)..];
        var suggestion = Nearest(key, _byKey.Keys)
            ?? settings.FirstOrDefault(setting => setting.Name == name)?.Key;
        return suggestion is null
            ? $"{key} is not a setting; 'sernetd config template' lists all."
            : $"{key} is not a setting; did you mean {suggestion}?";
    }

    private static string? Nearest(string said, IEnumerable<string> known)
    {
        var (best, distance) = known
            .Select(candidate => (Candidate: candidate, Distance: Distance(said, candidate)))
            .MinBy(pair => pair.Distance);
        var name = said.Length - 1 - said.LastIndexOfAny(['.', '_']);
        return distance <= Math.Min(Math.Max(2, said.Length / 4), name - 2) ? best : null;
    }

    /// <summary>Levenshtein's distance: how many letters must be put in, taken out or changed.</summary>
    private static int Distance(string a, string b)
    {
        const int Long = 80;
        if (a.Length > Long || b.Length > Long)
        {
            return int.MaxValue;
        }

        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
