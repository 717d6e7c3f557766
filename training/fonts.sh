#!/usr/bin/env bash
# Install what the line generator draws with (Debian 12, as root): Latin text fonts, word lists, prose.
# Nothing here is needed to build or to run Recto.
set -euo pipefail

text_fonts=(
    fonts-adf-accanthis fonts-adf-baskervald fonts-adf-berenis fonts-adf-gillius fonts-adf-libris
    fonts-adf-mekanus fonts-adf-romande fonts-adf-solothurn fonts-adf-switzera fonts-adf-tribun
    fonts-adf-universalis fonts-adf-verana fonts-arapey fonts-arkpandora fonts-averia-sans-gwf
    fonts-averia-serif-gwf fonts-cabin fonts-cantarell fonts-cardo fonts-century-catalogue
    fonts-clear-sans fonts-cmu fonts-comic-neue fonts-croscore fonts-crosextra-caladea
    fonts-crosextra-carlito fonts-dejavu-core fonts-dejavu-extra fonts-dosis fonts-dustin
    fonts-ebgaramond fonts-ebgaramond-extra fonts-essays1743 fonts-fanwood fonts-freefont-ttf
    fonts-georgewilliams fonts-gfs-artemisia fonts-gfs-bodoni-classic fonts-gfs-didot
    fonts-gfs-neohellenic fonts-go fonts-goudybookletter fonts-inter fonts-junction fonts-junicode
    fonts-karla fonts-lato fonts-league-spartan fonts-liberation fonts-lindenhill
    fonts-linuxlibertine fonts-lmodern fonts-manrope fonts-noto-core fonts-open-sans fonts-oxygen
    fonts-opendin fonts-osifont fonts-paratype fonts-play fonts-prociono fonts-quattrocento fonts-roboto-fontface fonts-roboto-slab
    fonts-roboto-unhinted fonts-sil-andika fonts-sil-charis fonts-sil-gentium-basic fonts-sora
    fonts-stix fonts-texgyre fonts-tiresias fonts-tuffy fonts-urw-base35 fonts-vollkorn
    fonts-yanone-kaffeesatz fonts-yrsa-rasa ttf-bitstream-vera
)
# Till rolls, typewriters, terminals, dot matrices, OCR-A/B.
printer_fonts=(
    fonts-3270 fonts-agave fonts-anonymous-pro fonts-b612 fonts-courier-prime fonts-fantasque-sans
    fonts-firacode fonts-glasstty fonts-gnutypewriter fonts-hack fonts-hermit fonts-inconsolata
    fonts-jetbrains-mono fonts-league-mono fonts-monofur fonts-mononoki fonts-ocr-a fonts-ocr-b
    fonts-proggy fonts-pc fonts-routed-gothic fonts-spleen fonts-terminus-otb fonts-tlwg-typewriter-ttf
    fonts-tlwg-typist-ttf fonts-tlwg-typo-ttf fonts-tlwg-mono-ttf fonts-unifont fonts-monoid
    fonts-wine fonts-amiga fonts-sixtyfour fonts-dotgothic16 fonts-noto-mono
)
words=(wamerican wbritish wfrench wngerman wspanish witalian wportuguese wdutch wswedish wdanish)
prose=(fortunes fortunes-de fortunes-es fortunes-it fortunes-br manpages manpages-dev manpages-de
       manpages-fr manpages-es manpages-it doc-debian debian-policy)

wanted=("${text_fonts[@]}" "${printer_fonts[@]}" "${words[@]}" "${prose[@]}")
apt-get -o DPkg::Lock::Timeout=900 install -y --no-install-recommends "${wanted[@]}"
fc-cache
