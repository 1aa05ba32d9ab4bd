using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("SernetStream.Pipeline.Tests")]
