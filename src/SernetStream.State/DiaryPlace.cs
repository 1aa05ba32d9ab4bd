using SernetStream.Diary;

namespace SernetStream.State;

/// <summary>Where the diaries of this machine's nodes are.</summary>
internal static class DiaryPlace
{
    /// <summary>The file of a node that runs here; null where there is no state folder.</summary>
    public static DiaryFile? Of(string node) => StateFolder.Default() is { } state ? DiaryFile.In(state, node) : null;

    /// <summary>The files of a node that there are: this user's own, and the service's.</summary>
    public static IReadOnlyList<DiaryFile> All(string node) =>
        [.. StateFolder.All().Select(state => DiaryFile.In(state, node)).Where(file => file.Exists)];
}
