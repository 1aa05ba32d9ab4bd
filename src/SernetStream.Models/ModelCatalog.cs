using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace SernetStream.Models;

/// <summary>A model's card with its file, checked against each other.</summary>
/// <param name="Card">What the model is.</param>
/// <param name="File">The bytes of the ONNX file.</param>
/// <param name="Origin">Path of the card, or <c>built in</c>.</param>
public sealed record ModelPackage(ModelCard Card, byte[] File, string Origin);

/// <summary>The models built into this library, and those that lie in files.</summary>
public static class ModelCatalog
{
    /// <summary>Name of the model that is used when none is named.</summary>
    public const string Default = "light-sernet-streaming-int8";

    /// <summary>Name of a model that can learn a baseline of all that it hears.</summary>
    public const string WithBaseline = "light-sernet-home-int8";

    private const string Folder = "Models/";
    private static readonly Assembly Here = typeof(ModelCatalog).Assembly;

    /// <summary>Cards of the models that are built in, by name.</summary>
    public static IReadOnlyList<ModelCard> BuiltIn { get; } =
    [
        .. Here.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal))
            .Select(name => ModelCard.Parse(Encoding.UTF8.GetString(Resource(name)), name))
            .OrderBy(card => card.Name, StringComparer.Ordinal),
    ];

    /// <summary>Finds a model, and checks its file against its card if they are files.</summary>
    /// <remarks>
    /// Built-in ones are part of the same assembly as their cards, and were checked when that was built; to check them at
    /// each start would load 5 MB of cryptography, which nothing else needs. <see cref="Check"/> does it on request.
    /// </remarks>
    /// <param name="nameOrPath">A built-in model's name, or a path to a card or to an .onnx file with its card beside it.</param>
    /// <exception cref="ModelException">There is none, or card and file do not fit.</exception>
    public static ModelPackage Open(string nameOrPath)
    {
        var card = CardOf(nameOrPath, out var path);
        if (path is null)
        {
            return new ModelPackage(card, Resource(Folder + card.File), "built in");
        }

        var package = new ModelPackage(card, ReadFile(Path.Combine(Path.GetDirectoryName(path) ?? "", card.File), "model"), path);
        Check(package);
        return package;
    }

    /// <summary>Checks that a model's file is the one that its card describes.</summary>
    /// <exception cref="ModelException">It is another.</exception>
    public static void Check(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        var actual = Convert.ToHexStringLower(SHA256.HashData(package.File));
        if (actual != package.Card.Sha256)
        {
            throw new ModelException(
                ModelError.ChecksumMismatch,
                $"The file {package.Card.File} is not the one that its card ({package.Origin}) describes: its SHA-256 is {actual}, "
                + $"the card says {package.Card.Sha256}. Copy both files again.");
        }
    }

    /// <summary>Reads a model's card alone.</summary>
    /// <param name="nameOrPath">As for <see cref="Open"/>.</param>
    /// <exception cref="ModelException">There is none, or it is wrong.</exception>
    public static ModelCard CardOf(string nameOrPath) => CardOf(nameOrPath, out _);

    private static ModelCard CardOf(string nameOrPath, out string? path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrPath);
        path = null;
        if (BuiltIn.FirstOrDefault(card => card.Name == nameOrPath) is { } builtIn)
        {
            return builtIn;
        }

        if (!nameOrPath.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) && Path.GetExtension(nameOrPath) is not (".json" or ".onnx"))
        {
            throw new ModelException(
                ModelError.NotFound,
                $"There is no model called '{nameOrPath}'; built in are {string.Join(", ", BuiltIn.Select(card => card.Name))}. "
                + "Name a model of your own by the path of its card (.json).");
        }

        path = Path.ChangeExtension(nameOrPath, ".json");
        return ModelCard.Parse(Encoding.UTF8.GetString(ReadFile(path, "model card")), path);
    }

    private static byte[] Resource(string name) => ResourceOf(Here, name);

    /// <summary>A file that was built into a program.</summary>
    /// <exception cref="ModelException">It was not.</exception>
    internal static byte[] ResourceOf(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)
            ?? throw new ModelException(ModelError.NotFound, $"The file {name} was not built into this program.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] ReadFile(string path, string what)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new ModelException(ModelError.NotFound, $"There is no {what} at {path}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(ModelError.NotLoadable, $"The {what} {path} cannot be read: {error.Message}", error);
        }
    }
}
